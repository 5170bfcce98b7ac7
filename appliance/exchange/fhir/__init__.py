"""Records to FHIR R4 after JP Core 1.1.2: one mapper a resource, bundles from them. Pure: values in, resources out.

A resource is a plain dictionary, the wire format itself; it is made here and read by nobody else inside the product but
the look-up. Decision 0003 says which element carries what and where the editions of JP Core differ.
"""
