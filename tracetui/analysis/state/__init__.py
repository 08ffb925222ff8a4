"""What the agent's memory held: changes replayed in order, patches, files of a memory tool, context windows."""
