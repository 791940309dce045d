#!/usr/bin/env bash
# Runs loadline, and keeps what it made. In: LOADLINE_COMMAND and what goes with it. Out: `exit-code`; `failure`, the code to end
# with once all is kept; also `page` and, of a plan, `changes`, `comment`, `plan-file`.
set -uo pipefail

[[ -n ${LOADLINE_FOLDER:-} ]] && PATH="$LOADLINE_FOLDER/bin:$PATH"
name=${LOADLINE_NAME:-}
name=${name:-loadline}
if [[ ! $name =~ ^[0-9A-Za-z][0-9A-Za-z._-]*$ ]]; then
    echo "::error::\`artifact\` is made of letters, digits, dots and hyphens"
    exit 64
fi
command=${LOADLINE_COMMAND:-}
path=${LOADLINE_PATH:-.}
work="$RUNNER_TEMP/$name"
page="$work/$name-$command.html"
plan="$work/$name.plan"
mkdir -p "$work"

say() {
    echo "$1=$2" >>"$GITHUB_OUTPUT"
}

# Words between spaces and lines, as they are: nothing is expanded.
more=()
read -r -d '' -a more <<<"${LOADLINE_ARGUMENTS:-}"
wanted=()
[[ -n ${LOADLINE_CLUSTER:-} ]] && wanted+=(--cluster "$LOADLINE_CLUSTER")
while IFS= read -r image; do
    image=${image//[[:space:]]/}
    [[ -n $image ]] && wanted+=(--image "$image")
done <<<"${LOADLINE_IMAGES:-}"

case $command in
    check)
        arguments=(check)
        # `check` asks for no account, so that only a file says more to it.
        [[ ${LOADLINE_CLUSTER:-} == *[./]* ]] && arguments+=(--cluster "$LOADLINE_CLUSTER")
        ;;
    plan)
        rm -f "$page" "$plan" "$work/comment.md"
        arguments=(plan --detailed-exitcode --html "$page" --markdown "$work/comment.md" --save "$plan")
        arguments+=(${wanted[@]+"${wanted[@]}"})
        ;;
    apply)
        rm -f "$page"
        arguments=(apply --yes --timeline "$page")
        if [[ -n ${LOADLINE_PLAN_FILE:-} ]]; then
            path=$LOADLINE_PLAN_FILE
        else
            arguments+=(${wanted[@]+"${wanted[@]}"})
        fi
        ;;
    *)
        echo "::error::\`command\` is one of check, plan and apply"
        exit 64
        ;;
esac

loadline "${arguments[@]}" --output github ${more[@]+"${more[@]}"} -- "$path"
code=$?

say exit-code "$code"
[[ -s $page ]] && say page "$page"
failure=$code
if [[ $command == plan ]]; then
    # That there are changes is no failure.
    [[ $code == 2 ]] && failure=0
    [[ $code == 0 ]] && say changes false
    [[ $code == 2 ]] && say changes true
    [[ -s $work/comment.md ]] && say comment "$work/comment.md"
    [[ -s $plan ]] && say plan-file "$plan"
fi
say failure "$failure"
exit 0
