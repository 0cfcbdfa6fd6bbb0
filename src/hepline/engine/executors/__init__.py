"""Where chunks are computed: in this process, in local processes; a cluster has its own module."""
