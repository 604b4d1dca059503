"""What a server of our own needs besides an app: connections that no caller can hold or hoard."""
