"""What others have published, rebuilt to be measured beside the detector in the same run."""
