//! The stack file: text to [`Stack`](super::Stack) and back, comments kept.
