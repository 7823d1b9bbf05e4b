"""From entries to stories: tag, cluster, link, rank."""
