"""How the model is written: one file a question. `nnstudio.engine.codegen` is the door."""
