//! ECR: repositories and images.

mod architecture;
pub mod image;
pub mod repository;

mod lifecycle;
