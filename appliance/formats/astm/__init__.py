"""Results of analysers as ASTM E1394 (LIS02-A2) records to documents; the frames around them are the serial reader's."""
