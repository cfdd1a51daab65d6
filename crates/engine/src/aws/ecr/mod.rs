//! ECR: repositories and images.

pub mod architecture;
pub mod image;
pub mod repository;

mod lifecycle;
