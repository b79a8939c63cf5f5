#!/usr/bin/env bash
# Switches the suite off: destroys the pipelines, empties the buckets with all versions, destroys the lake.
set -euo pipefail
# shellcheck source=scripts/switch.sh
source "$(dirname "${BASH_SOURCE[0]}")/switch.sh"

usage() {
    cat << TEXT
usage: scripts/project_down.sh [options]

Removes what project_up.sh has made, and all data with it. It shows the account and how much there is, and
asks for the suite's name. Every step can be repeated: after a failure the same command goes on.

  --account ID      the account that it must be (or SLUICE_ACCOUNT); any other is refused
  --name NAME       name of the suite there (sluice)
  --region REGION   AWS region (AWS_REGION, else us-east-1)
  --keep_data       destroy the pipelines, and leave the lake with its data
  --yes             do not ask; needs --account

example: scripts/project_down.sh --account 123456789012 --keep_data
TEXT
}

keep_data=''
while [ $# -gt 0 ]; do
    common_option "$@"
    if [ "$taken" -eq 0 ]; then
        case "$1" in
            --keep_data) keep_data=1 taken=1 ;;
            --help | -h) usage && exit 0 ;;
            *) wrong "got '$1'" ;;
        esac
    fi
    shift "$taken"
done
check_options
need terraform "install Terraform 1.10 or later"
need aws "install the AWS CLI, version 2"
python=$root/.venv/bin/python
[ -x "$python" ] || fail "the environment is not there; run 'make setup'"
know_account
choose_states

say "account   $account ($caller)"
say "region    $region"

# Whether Terraform knows of anything in a stack. That it cannot tell is no "no".
has_anything() {
    local found
    found=$(in_stack "$1" state list 2>&1) || {
        [[ $found == *"No state file was found"* ]] || fail "Terraform does not say what there is of $1; nothing was done: $found"
        return 1
    }
    [ -n "$found" ]
}

there=()
for stack in orders mobile_coverage lake; do
    if has_anything "$stack"; then there+=("$stack"); fi
done
if [ ${#there[@]} -eq 0 ]; then
    say "nothing of '$name' is switched on here"
    rm -f "$remembered"
    exit 0
fi
say "stacks    ${there[*]}"

# By their names, not as Terraform has them: of a lake that is half gone it no longer knows them.
buckets=() repository=$name/streaming-consumer
if [[ " ${there[*]} " = *" lake "* ]] && [ -z "$keep_data" ]; then
    for zone in lake state resources queryresults logs; do buckets+=("$name-$zone-$account-$region"); done
    (cd "$root" && "$python" -m scripts.empty --account "$account" --count --repository "$repository" "${buckets[@]}")
fi
if [ -n "$keep_data" ]; then
    ask "$name" "The pipelines go, the lake stays."
else
    ask "$name" "All of this goes, for good."
fi

begin "runs of the stream"
stop_runs
for stack in "${there[@]}"; do
    if [ "$stack" = lake ]; then continue; fi
    begin "$stack"
    in_stack "$stack" destroy
done
if [ -n "$keep_data" ]; then
    step=''
    say "the pipelines are off; the lake and its data are there, and S3 costs what is in it"
    exit 0
fi
if [ ${#buckets[@]} -gt 0 ]; then
    begin "data"
    (cd "$root" && "$python" -m scripts.empty --account "$account" --repository "$repository" "${buckets[@]}")
    begin "lake"
    in_stack lake destroy
fi
step=''
rm -f "$remembered"
say "all of '$name' is gone from account $account; what it costs from now on is nothing"
