"""The theories that ship with Groundswell, one file each; a file placed here is found without further editing."""
