//! ECR: repositories and images.

pub mod image;
pub mod repository;

mod lifecycle;
