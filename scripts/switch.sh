# What project_up.sh and project_down.sh share: which account it is, asking, steps, Terraform. To be sourced.
# shellcheck shell=bash

program=$(basename "$0")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
remembered=$root/var/switched-on
account=${SLUICE_ACCOUNT:-} name=${SLUICE_NAME:-sluice} region=${AWS_REGION:-us-east-1} yes='' step=''

mkdir -p "$root/var"

say() { echo "$program: $*"; }
fail() {
    echo "$program: $1" >&2
    exit "${2:-1}"
}
wrong() { fail "$1; '$program --help' says what it takes" 2; }

# A word at every end that was not meant: what failed, and that nothing has to be begun anew.
at_exit() {
    local code=$?
    if [ $code -ne 0 ] && [ -n "$step" ]; then
        echo "$program: '$step' did not end well; the same command goes on from there" >&2
    fi
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

begin() {
    step=$1
    say "== $step"
}

# The options that both have; sets `taken` to how many words they are, 0 for one that it does not know.
common_option() {
    taken=2
    case "$1" in
        --account) account=${2-} ;;
        --name) name=${2-} ;;
        --region) region=${2-} ;;
        --yes) yes=1 taken=1 ;;
        *) taken=0 ;;
    esac
    if [ $taken -eq 2 ] && [ -z "${2-}" ]; then wrong "$1: a value is missing"; fi
}

check_options() {
    [[ $name =~ ^[a-z][a-z0-9-]{1,9}[a-z0-9]$ ]] || wrong "--name: got '$name'; give 3 to 11 small letters, digits and '-'"
    [[ $region =~ ^[a-z]{2}(-[a-z]+)+-[0-9]$ ]] || wrong "--region: got '$region'; give one such as us-east-1"
    [[ -z $account || $account =~ ^[0-9]{12}$ ]] || wrong "--account: got '$account'; give its twelve digits"
    [ -z "$yes" ] || [ -n "$account" ] || wrong "--yes: also give --account, so that no script meets another account"
    export AWS_REGION=$region AWS_DEFAULT_REGION=$region TF_VAR_name=$name TF_VAR_region=$region TF_IN_AUTOMATION=1
}

need() { command -v "$1" > /dev/null || fail "$1 is not on PATH; $2"; }

# Sets account and caller to who is asked in truth, and refuses whom nobody expects.
know_account() {
    local here
    here=$(aws sts get-caller-identity --query '[Account,Arn]' --output text) ||
        fail "AWS does not say who you are; log in ('aws sso login', or AWS_PROFILE) and try again"
    # shellcheck disable=SC2034 # shown by those who source this
    read -r here caller <<< "$here"
    if [ -n "$account" ] && [ "$account" != "$here" ]; then
        fail "these credentials are of account $here, and $account was to be used; nothing was done" 2
    fi
    account=$here
    local before=
    if [ -s "$remembered" ]; then before=$(< "$remembered"); fi
    if [ -n "$before" ] && [ "$before" != "$account $name $region" ]; then
        fail "this checkout keeps the state of (account, name, region) $before, not of $account $name $region; switch that off first, or use another checkout" 2
    fi
}

remember() { echo "$account $name $region" > "$remembered"; }

# Goes on only after the word $1; $2 says what for.
ask() {
    [ -z "$yes" ] || return 0
    local answer=''
    read -r -p "$program: $2 Type '$1' to go on: " answer || true
    [ "$answer" = "$1" ] || { step='' && fail "not confirmed; nothing was done"; }
}

# Sets runs to those of the stream's job on Glue that have not ended; none where there is no such job.
look_for_runs() {
    runs=$(aws glue get-job-runs --job-name etl_streaming_mobile_logs --output text \
        --query "JobRuns[?contains(['STARTING', 'RUNNING', 'STOPPING', 'WAITING'], JobRunState)].Id" 2>&1) || {
        [[ $runs == *EntityNotFound* ]] || fail "AWS does not say whether the stream's job runs: $runs"
        runs=''
    }
    if [ "$runs" = None ]; then runs=''; fi
}

# A run of a job that Terraform removes would go on: it would be paid, hold the checkpoint, and write.
stop_runs() {
    local runs='' looks=0
    look_for_runs
    # shellcheck disable=SC2086 # one word for each run
    [ -z "$runs" ] || aws glue batch-stop-job-run --job-name etl_streaming_mobile_logs --job-run-ids $runs > /dev/null
    while [ -n "$runs" ]; do
        [ "$looks" -lt 120 ] || fail "the run $runs of the stream's job does not end"
        looks=$((looks + 1))
        sleep "${SLUICE_POLL_SECONDS:-5}"
        look_for_runs
    done
}

# With SLUICE_STATE_BUCKET the state of the stacks lies there, else beside each stack.
choose_states() {
    local stack
    for stack in lake mobile_coverage orders; do choose_state "$stack"; done
}

choose_state() {
    local stack=$1 file=$root/terraform/stacks/$1/backend_override.tf ours='# Written by project_up.sh and project_down.sh.'
    if [ -e "$file" ] && [ "$(head -n 1 "$file")" != "$ours" ]; then
        [ -z "${SLUICE_STATE_BUCKET:-}" ] || fail "$file is not ours, and SLUICE_STATE_BUCKET names a place too; keep one of them"
    elif [ -n "${SLUICE_STATE_BUCKET:-}" ]; then
        echo "$ours" > "$file"
        printf 'terraform {\n  backend "s3" {\n    bucket       = "%s"\n    key          = "%s/%s/%s.tfstate"\n    region       = "%s"\n    use_lockfile = true\n    encrypt      = true\n  }\n}\n' \
            "$SLUICE_STATE_BUCKET" "$name" "$region" "$stack" "$region" >> "$file"
    else
        rm -f "$file"
    fi
}

# Terraform in the folder of a stack.
in_stack() {
    local stack=$1 command=$2 folder=$root/terraform/stacks/$1
    shift 2
    [ "$command" = output ] || terraform -chdir="$folder" init -input=false -no-color > "$root/var/terraform-init.log" 2>&1 || {
        cat "$root/var/terraform-init.log" >&2
        return 1
    }
    case "$command" in
        apply | destroy) terraform -chdir="$folder" "$command" -input=false -auto-approve "$@" ;;
        *) terraform -chdir="$folder" "$command" "$@" ;;
    esac
}
