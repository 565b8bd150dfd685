"""What all tests share. The fixtures themselves are the public testing kit, convore_lite.testing."""
