//! What the whole house must do, and what the house must be.
