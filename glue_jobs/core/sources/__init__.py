"""Where records come from. Every source gives the columns of `contracts.records.RECORDS`."""
