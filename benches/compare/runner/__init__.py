"""What run.py is made of: logs are generated, programs measured in turn, results told and drawn."""
