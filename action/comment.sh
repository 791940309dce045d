#!/usr/bin/env bash
# Shows a plan in a comment of the pull request: in the one that an earlier run has written, or a new one. The first line of the
# plan, which nobody sees, tells it from comments on other plans. In: LOADLINE_COMMENT, LOADLINE_PAGE_URL, PULL_REQUEST, GH_TOKEN.
set -euo pipefail

[[ -n ${LOADLINE_COMMENT:-} ]] || { echo "there is no plan to show"; exit 0; }
work=$(mktemp -d)
cp "$LOADLINE_COMMENT" "$work/body.md"
if [[ -n ${LOADLINE_PAGE_URL:-} ]]; then
    printf '\n[The whole plan as a page](%s)\n' "$LOADLINE_PAGE_URL" >>"$work/body.md"
fi
MARKER=$(head -n 1 "$work/body.md")
export MARKER

# Somebody else's comment may begin with the same line: only what this token has written is written over.
comments='query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    comments(first: 100, after: $endCursor) { nodes { databaseId viewerDidAuthor body } pageInfo { hasNextPage endCursor } }
  } }
}'
own='.data.repository.pullRequest.comments.nodes[]
  | select(.viewerDidAuthor and (.body | startswith(env.MARKER))) | .databaseId'
refused() {
    echo "::warning::the plan could not be shown in a comment: the token needs \`pull-requests: write\`, which a fork's has not"
    exit 0
}
found=$(gh api graphql --paginate -f query="$comments" -f owner="${GITHUB_REPOSITORY%%/*}" -f name="${GITHUB_REPOSITORY#*/}" \
    -F number="$PULL_REQUEST" --jq "$own") || refused
first=$(head -n 1 <<<"$found")
if [[ -n $first ]]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$first" -F body=@"$work/body.md" || refused
else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" -F body=@"$work/body.md" || refused
fi
