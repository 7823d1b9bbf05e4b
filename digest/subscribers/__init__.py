"""Who reads: one desk for every way in which people join, choose and leave."""
