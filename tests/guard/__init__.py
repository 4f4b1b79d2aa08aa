"""The moved-camera guard on footage and on the street scene: what it notices, how soon, what it takes wrongly."""
