//! What a new stack begins with: the seed stack, or a part of it, under a name and domain of one's own.

use topology::stack::{HostName, Image, Stack, StackName, edit, file, seed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// A frontend at the root and a backend at `api.`.
    WebAndApi,
    /// One service at the root.
    OneService,
}

impl Template {
    pub const ALL: [Template; 2] = [Template::WebAndApi, Template::OneService];

    pub fn word(self) -> &'static str {
        match self {
            Self::WebAndApi => "web-and-api",
            Self::OneService => "one-service",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::WebAndApi => "Frontend at the root, backend at api.",
            Self::OneService => "One service at the root",
        }
    }

    pub fn by_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|template| template.word() == word).unwrap_or(Self::WebAndApi)
    }

    /// The stack file to begin with.
    pub fn file(self, name: &str, domain: &str) -> String {
        let Ok(seed) = file::read(seed::seed()) else { return String::new() };
        edit::print(&self.stack(seed, name, domain))
    }

    fn stack(self, mut stack: Stack, name: &str, domain: &str) -> Stack {
        let seed_domain = stack.domain.to_string();
        if self == Self::OneService {
            stack.services.truncate(1);
        }
        for service in &mut stack.services {
            service.env.values_mut().for_each(|value| *value = value.replace(&seed_domain, domain));
            service.secrets.clear();
            // A repository of its own: another stack's may hold other images.
            service.image =
                Image::Own { repository: format!("{name}/{}", service.name), tag: "latest".to_owned() };
        }
        stack.base_images.clear();
        stack.name = StackName::new(name);
        stack.domain = HostName::new(domain);
        stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_gives_a_stack_file_without_problems() {
        for template in Template::ALL {
            let text = template.file("shop", "shop.example.com");
            let stack = file::read(&text).expect("it can be read");
            assert_eq!(stack.name.as_str(), "shop");
            assert!(!text.contains("cruddur"), "{text}");
        }
    }
}
