"""Place of the installer's page: aiming, drawing masks, signing off, on the on-site interface alone."""
