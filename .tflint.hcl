# TFLint with all its rules for the language; see scripts/terraform_check/programs.py.

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# scripts/terraform_check/manners.py holds the files of a module, and knows that an example has but one.
rule "terraform_standard_module_structure" {
  enabled = false
}
