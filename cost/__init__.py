"""What the stacks cost a month: settings, a load and prices in, the lines of a bill out.

`settings` and `watched` read the stacks of `terraform/`, `prices` its prices; `load` is what is assumed.
`streams`, `workers`, `s3_requests`, `s3_storage` and `watching` work out how much of one thing is used.
`lake`, `mobile_coverage` and `orders` are the bills of their stacks, and `stacks` puts them together.
`cheaper` changes one thing at a time, `limits` says what does not fit, `budget` looks for the hours that a
sum is enough for. Nothing is asked of AWS.
"""
