"""The made-up laboratory (練習用検査センター): results of the tests that clinic A charges for, as HL7 and as ASTM."""
