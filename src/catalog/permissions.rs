//! What CloudFormation asks of whoever deploys a type. In: `schema/permissions.txt`. Out: actions of IAM. Must not know policies.

const TEXT: &str = include_str!("../../schema/permissions.txt");

/// The actions that the handlers of a type call in the name of whoever deploys it, sorted; none are known of a custom resource.
pub fn handled(kind: &str) -> Vec<String> {
    let line = super::find_line(TEXT, kind, |line| line.split(' ').next().expect("split gives one"));
    let services = line.into_iter().flat_map(|line| line.split(' ').skip(1));
    let actions = services.filter_map(|part| part.split_once(':'));
    let actions = actions.flat_map(|(service, actions)| actions.split(',').map(move |one| format!("{service}:{one}")));
    actions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_sorted_and_each_type_is_found() {
        let mut before = "";
        for line in TEXT.lines() {
            let kind = line.split(' ').next().expect("split gives one");
            assert!(before < kind, "{kind}");
            assert!(!handled(kind).is_empty(), "{kind}");
            before = kind;
        }
        assert!(handled("AWS::ECS::Service").contains(&"ecs:CreateService".to_string()));
        assert!(handled("Custom::Thing").is_empty());
    }
}
