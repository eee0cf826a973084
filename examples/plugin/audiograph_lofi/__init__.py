"""Old and worn sounds for audiograph."""
