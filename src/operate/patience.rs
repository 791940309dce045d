//! Asking until there is an answer. In: a request. Out: AWS's answer, or its refusal for good.

use std::time::Duration;

use crate::cloud::{Answer, Cloud, Page};

/// For how long requests may be refused for the time being before it is given up.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Asks; what is refused for now is asked again, ever more slowly.
pub(super) async fn ask<C: Cloud, T>(cloud: &C, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
    let began = cloud.now();
    let mut pause = Duration::from_secs(1);
    loop {
        match request(cloud).await {
            Err(error) if error.is_passing() && cloud.now().since(began) < PATIENCE => cloud.sleep(pause).await,
            answer => return answer,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Asks for all pages of a list.
pub(super) async fn all<C: Cloud, T>(
    cloud: &C,
    request: impl AsyncFn(&C, Option<&str>) -> Answer<Page<T>>,
) -> Answer<Vec<T>> {
    let mut page: Option<String> = None;
    let mut found = Vec::new();
    loop {
        let answer = ask(cloud, async |cloud: &C| request(cloud, page.as_deref()).await).await?;
        found.extend(answer.items);
        page = answer.next;
        if page.is_none() {
            return Ok(found);
        }
    }
}
