"""Compare alternatives of a project: train each under several seeds, say which differences exceed the spread. No torch, no Qt."""
