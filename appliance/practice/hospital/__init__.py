"""The practice hospital: a few stays of the clinics' patients, claimed by DPC, and the summaries of them."""
