#!/usr/bin/env bash
# Runs swapcheck for the action: SWAPCHECK is the program, SWAPCHECK_ARGUMENTS has one argument per line,
# SWAPCHECK_REPORTS is a directory for reports or empty, SWAPCHECK_ANNOTATE says whether to annotate the run. The exit
# code is that of swapcheck; it is also written to GITHUB_OUTPUT, for steps that are allowed to fail.
set -euo pipefail

arguments=()
while IFS= read -r line; do
  # Indentation comes from the workflow file.
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  [[ -z $line ]] || arguments+=("$line")
done <<<"$SWAPCHECK_ARGUMENTS"
if ((${#arguments[@]} == 0)); then
  echo "error: the input \`arguments\` is empty; give a command and its arguments, one per line" >&2
  exit 2
fi

case ${arguments[0]} in
  check | sample | visit | revisit)
    if [[ -n ${SWAPCHECK_REPORTS:-} ]]; then
      mkdir -p "$SWAPCHECK_REPORTS"
      arguments+=(--html "$SWAPCHECK_REPORTS/report.html" --json "$SWAPCHECK_REPORTS/report.json")
      arguments+=(--sarif "$SWAPCHECK_REPORTS/report.sarif" --keep "$SWAPCHECK_REPORTS/traces")
    fi
    [[ ${SWAPCHECK_ANNOTATE:-true} != true ]] || arguments+=(--github)
    ;;
esac

# An empty value would be used as the name of a program.
[[ -n ${SWAPCHECK_BROWSER:-} ]] || unset SWAPCHECK_BROWSER
code=0
"$SWAPCHECK" "${arguments[@]}" || code=$?
echo "exit-code=$code" >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
