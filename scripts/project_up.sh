#!/usr/bin/env bash
# Switches the suite on in an AWS account: packages the code, applies the stacks, builds and pushes the image.
set -euo pipefail
# shellcheck source=scripts/switch.sh
source "$(dirname "${BASH_SOURCE[0]}")/switch.sh"

usage() {
    cat << TEXT
usage: scripts/project_up.sh [options]

Makes the lake and its pipelines in the AWS account whose credentials are in use. It shows the account and
what it will make, and asks. Every step can be repeated: after a failure the same command goes on.

  --account ID      the account that it must be (or SLUICE_ACCOUNT); any other is refused
  --name NAME       name of the suite there (sluice)
  --region REGION   AWS region (AWS_REGION, else us-east-1)
  --runner RUNNER   of the streaming job: glue, fargate or none (glue)
  --only STACK      beside the lake this pipeline alone: mobile_coverage or orders
  --plan            show what Terraform would change, and change nothing
  --yes             do not ask; needs --account

SLUICE_STATE_BUCKET names a bucket for Terraform's state; without it the state lies beside the stacks.
SLUICE_NAME is the name where --name is not given.
Other settings: terraform.tfvars in the folder of a stack. What it costs: sluice cost.

example: scripts/project_up.sh --account 123456789012 --runner fargate --only mobile_coverage
TEXT
}

runner=glue only='' plan=''
while [ $# -gt 0 ]; do
    common_option "$@"
    if [ "$taken" -eq 0 ]; then
        case "$1" in
            --runner | --only)
                [ -n "${2-}" ] || wrong "$1: a value is missing"
                printf -v "${1#--}" %s "$2"
                taken=2
                ;;
            --plan) plan=1 taken=1 ;;
            --help | -h) usage && exit 0 ;;
            *) wrong "got '$1'" ;;
        esac
    fi
    shift "$taken"
done
check_options
case "$runner" in glue | fargate | none) ;; *) wrong "--runner: got '$runner'; give glue, fargate or none" ;; esac
case "$only" in '' | mobile_coverage | orders) ;; *) wrong "--only: got '$only'; give mobile_coverage or orders" ;; esac
pipelines=${only:-mobile_coverage orders}
if [ "$only" = orders ]; then runner=none; fi

need terraform "install Terraform 1.10 or later"
need aws "install the AWS CLI, version 2"
[ "$runner" != fargate ] || [ -n "$plan" ] || need docker "it builds the image; or give --runner glue"
[ -x "$root/.venv/bin/sluice" ] || fail "the environment is not there; run 'make setup'"
know_account
choose_states

say "account   $account ($caller)"
say "region    $region"
say "stacks    lake $pipelines, by the name of '$name'; the stream is run by: $runner"

# Of all that the image is made of, so that the same files are the same image.
image_tag() {
    (cd "$root" && git ls-files -co --exclude-standard -z docker/streaming-consumer glue_jobs requirements-build.lock s3-jars.lock scripts/jars.py |
        xargs -0 sha256sum | sha256sum | cut -c 1-16)
}

# Sets image; what is in the repository already is not built again.
push_image() {
    local repository tag
    repository=$(in_stack lake output -raw repository)
    tag=$(image_tag)
    image=$repository:$tag
    if aws ecr describe-images --repository-name "${repository#*/}" --image-ids "imageTag=$tag" > /dev/null 2>&1; then
        say "the image is there: $image"
        return
    fi
    aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}"
    docker buildx build --platform linux/arm64 --provenance=false --file "$root/docker/streaming-consumer/Dockerfile" --tag "$image" --push "$root"
}

settings_of() {
    if [ "$1" = mobile_coverage ]; then
        echo "-var=runner=$runner"
        if [ "$runner" = fargate ]; then echo "-var=image=$image"; fi
    fi
}

# Whether the lake was applied: a pipeline reads from this parameter what it must know.
lake_is_there() {
    local answer
    answer=$(aws ssm get-parameter --name "/$name/lake" 2>&1) && return 0
    [[ $answer == *ParameterNotFound* ]] || fail "AWS does not say whether the lake is there: $answer"
    return 1
}

if [ -n "$plan" ]; then
    image=$account.dkr.ecr.$region.amazonaws.com/$name/streaming-consumer:$(image_tag)
    for stack in lake $pipelines; do
        if [ "$stack" != lake ] && ! lake_is_there; then
            say "== $stack: its plan needs the lake, which is not there yet; apply that first"
            continue
        fi
        begin "plan of $stack"
        mapfile -t settings < <(settings_of "$stack")
        in_stack "$stack" plan -input=false -lock=false "${settings[@]}"
    done
    step=''
    exit 0
fi

# What a month of the chosen stacks costs, USD.
price() {
    local stack chosen=()
    for stack in lake $pipelines; do chosen+=(--stack "$stack"); done
    if [[ " $pipelines " = *" mobile_coverage "* ]]; then chosen+=(--set "runner=$runner"); fi
    (cd "$root" && .venv/bin/sluice cost "${chosen[@]}" --format json) |
        "$root/.venv/bin/python" -c 'import json, sys; print("%.2f" % json.load(sys.stdin)["total"])'
}

month=$(price) || fail "sluice cost does not say what a month costs; nothing was done"
say "price     $month USD a month, by the settings' defaults and 100 records a second; 'sluice cost' for yours"
ask yes "This makes things that cost money."

begin "package"
make --no-print-directory -C "$root" package
begin "lake"
remember
in_stack lake apply
if [ "$runner" = fargate ]; then
    begin "image"
    push_image
fi
for stack in $pipelines; do
    begin "$stack"
    if [ "$stack" = mobile_coverage ] && [ "$runner" != glue ]; then stop_runs; fi
    mapfile -t settings < <(settings_of "$stack")
    in_stack "$stack" apply "${settings[@]}"
done
if [ "$runner" = fargate ]; then
    begin "service"
    # The service may have been asleep when it was told to sleep no more.
    aws ecs update-service --cluster "$name" --service etl_streaming_mobile_logs --desired-count 1 > /dev/null
    aws ecs wait services-stable --cluster "$name" --services etl_streaming_mobile_logs
fi
step=''

say "the suite is on. Next:"
if [ "$runner" = glue ]; then say "  aws glue start-job-run --job-name etl_streaming_mobile_logs --region $region"; fi
say "  docs/deploy.md leads from here to rows in Athena"
say "  scripts/project_down.sh switches it off again, and removes all data"
