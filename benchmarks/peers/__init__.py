"""What a plain project would write in place of ours: what our functions and our server are measured beside."""
