#!/bin/sh
# Which compressor is worth its time? Compresses BLOCK copies of this script's folder listing at LEVEL.
level=$1 block=$2
command -v "$COMPRESSOR" >/dev/null || { echo "this example needs $COMPRESSOR" >&2; exit 1; }
sample="$HPSEARCH_DIR/sample"
for i in $(seq "$block"); do ls -l /usr/bin; done >"$sample"
start=$(date +%s.%N)
bytes=$("$COMPRESSOR" "-$level" <"$sample" | wc -c)
end=$(date +%s.%N)
rm "$sample"
echo "bytes=$bytes"
echo "$bytes $start $end $block" | awk '{ printf "score=%.1f\n", $1 / $4 * ($3 - $2) / $4 }'
