#!/bin/sh
# The main job, from pictures to a report. Called by `make demo`.
#   BIN     where napari-dinobloom is installed
#   DEMO    folder for everything that is made
#   SMEARS  your own pictures; without it, synthetic sample smears are drawn
set -eu

study="$DEMO/demo.study"
report="$DEMO/report.html"
run="$BIN/napari-dinobloom"
mkdir -p "$DEMO"

# A demo of other pictures than last time starts anew; the same one goes on.
printf '%s\n' "${SMEARS:-samples}" > "$DEMO/.source.new"
if [ -d "$study" ] && ! cmp -s "$DEMO/.source.new" "$DEMO/.source"; then
    kept="$DEMO/earlier-$(date +%Y%m%d-%H%M%S).study"
    mv "$study" "$kept"
    echo "The study of other pictures is kept as $kept."
fi
mv "$DEMO/.source.new" "$DEMO/.source"

# Exit code 3: done, but some files failed and were listed. The rest goes on.
tolerant() { "$@" || [ $? -eq 3 ]; }

if [ -n "$SMEARS" ]; then
    tolerant "$run" run "$SMEARS" --study "$study"
else
    samples="$DEMO/samples"
    [ -f "$samples/metadata.csv" ] || "$run" samples "$samples" --patients 3 --fields 3
    tolerant "$run" run "$samples" --study "$study" --metadata "$samples/metadata.csv"
    # The classes and keys that docs/first-labels.md teaches; a scheme that somebody has
    # chosen since stays.
    [ -n "$("$run" scheme show "$study" 2> /dev/null)" ] || "$run" scheme use "$study" blood
    # The generator knows every cell; a person would label some of them. Every other
    # white cell is labelled, and the classifier says what it thinks of the rest.
    awk -F, 'NR == 1 || (/,wbc,/ && ++n % 2)' "$samples/truth/cells.csv" \
        > "$DEMO/labels.csv"
    tolerant "$run" label "$study" --csv "$DEMO/labels.csv"
    "$run" classify "$study"
    "$run" evaluate "$study" --by patient
fi
"$run" report "$study" --out "$report" --overwrite

echo
echo "Report:  $report"
echo "Viewer:  $run open $study"
