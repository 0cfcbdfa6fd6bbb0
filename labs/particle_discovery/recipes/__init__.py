"""What the lab draws and computes beside hepline; run it from the folder of the lab."""
