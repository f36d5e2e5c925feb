"""The data channel's way over the network: link, web socket, pump. asyncio lives here; AWS does not."""
