"""Dated prices of models and tools: from genai-prices, overridden by price files; nothing here is imported by others."""
