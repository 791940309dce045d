//! Statements as documents that IAM takes. In: statements. Out: policies within the limit, as few as a simple packing makes.

use serde_json::{Value, json};

use crate::cloud::actions::Purpose;

use super::{Policy, Statement};

/// The characters of a managed policy, white space not counted
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub(super) const MOST: usize = 6144;

/// Packs statements in their order; one that is too long by itself is cut between actions.
pub(super) fn pack(purpose: Purpose, statements: Vec<Statement>) -> Vec<Policy> {
    let mut documents: Vec<Vec<Value>> = Vec::new();
    for statement in statements.into_iter().flat_map(short) {
        let mut rest: Option<(usize, Statement)> = Some((1, statement));
        while let Some((number, whole)) = rest.take() {
            let fits =
                |document: &[Value], part: &Statement| length(&[document, &[value(part, number)]].concat()) <= MOST;
            let open = documents.last().map_or(&[][..], Vec::as_slice);
            let count = most(whole.actions.len(), |count| fits(open, &cut(&whole, count)));
            // A handful of actions is no reason to cut, a document of its own is.
            if count < whole.actions.len() && !open.is_empty() && fits(&[], &whole) || count == 0 {
                documents.push(Vec::new());
                rest = Some((number, whole));
                continue;
            }
            if documents.is_empty() {
                documents.push(Vec::new());
            }
            let last = documents.last_mut().expect("there is one");
            last.push(value(&cut(&whole, count), number));
            if count < whole.actions.len() {
                let actions = whole.actions[count..].to_vec();
                rest = Some((number + 1, Statement { actions, ..whole }));
            }
        }
    }
    let several = documents.len() > 1;
    let policies = (1..).zip(documents).map(|(number, statements)| Policy {
        name: match several {
            true => format!("loadline-{}-{number}", purpose.name()),
            false => format!("loadline-{}", purpose.name()),
        },
        characters: length(&statements),
        document: document(&statements),
    });
    policies.collect()
}

/// A statement that names more than a third of a document, as several.
fn short(statement: Statement) -> Vec<Statement> {
    let mut parts: Vec<Vec<String>> = Vec::new();
    let mut taken = MOST;
    for resource in &statement.resources {
        if taken + resource.len() > MOST / 3 {
            parts.push(Vec::new());
            taken = 0;
        }
        taken += resource.len() + 3;
        parts
            .last_mut()
            .expect("the first one is pushed")
            .push(resource.clone());
    }
    let parts = (1..).zip(parts).map(|(number, resources)| Statement {
        sid: match number {
            1 => statement.sid.clone(),
            _ => format!("{}Part{number}", statement.sid),
        },
        resources,
        ..statement.clone()
    });
    parts.collect()
}

fn cut(statement: &Statement, count: usize) -> Statement {
    Statement {
        actions: statement.actions[..count].to_vec(),
        ..statement.clone()
    }
}

/// The largest number up to `limit` for which it holds, which holds for all below it.
fn most(limit: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, limit);
    while low < high {
        let middle = (low + high).div_ceil(2);
        match holds(middle) {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    low
}

fn value(statement: &Statement, number: usize) -> Value {
    // A statement's name is unique in its document; a part of one that was cut has a number.
    let sid = match number {
        1 => statement.sid.clone(),
        _ => format!("{}{number}", statement.sid),
    };
    let mut value = json!({
        "Sid": sid,
        "Effect": "Allow",
        "Action": statement.actions,
        "Resource": statement.resources,
    });
    if let Some(condition) = &statement.condition {
        value["Condition"] = condition.clone();
    }
    value
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn length(statements: &[Value]) -> usize {
    let text = document(statements).to_string();
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sid: &str, actions: usize) -> Statement {
        Statement {
            sid: sid.to_string(),
            actions: (0..actions).map(|number| format!("ec2:Action{number:04}")).collect(),
            resources: vec!["*".to_string()],
            condition: None,
        }
    }

    #[test]
    fn many_resources_are_named_in_several_statements() {
        let resources: Vec<String> = (0..200)
            .map(|number| format!("arn:aws:ecr:*:*:repository/app-{number:04}"))
            .collect();
        let whole = Statement {
            resources: resources.clone(),
            ..statement("Many", 2)
        };
        let policies = pack(Purpose::Plan, vec![whole]);
        assert!(policies.iter().all(|policy| policy.characters <= MOST), "{policies:?}");
        let statements = policies
            .iter()
            .flat_map(|policy| policy.document["Statement"].as_array().expect("it is a list"));
        let named = statements.flat_map(|one| one["Resource"].as_array().expect("it is a list"));
        assert!(named.map(|one| one.as_str().expect("it is text")).eq(&resources));
    }

    #[test]
    fn no_document_is_too_long_and_no_action_is_lost() {
        for sizes in [&[1][..], &[10, 300, 5], &[700], &[250, 250, 250]] {
            let statements: Vec<Statement> = (0..)
                .zip(sizes)
                .map(|(at, size)| statement(&format!("S{at}x"), *size))
                .collect();
            let policies = pack(Purpose::Apply, statements);
            let count = |policy: &Policy| {
                let statements = policy.document["Statement"].as_array().expect("it is a list").iter();
                statements
                    .map(|one| one["Action"].as_array().expect("it is a list").len())
                    .sum::<usize>()
            };
            assert_eq!(policies.iter().map(count).sum::<usize>(), sizes.iter().sum::<usize>());
            assert!(
                policies
                    .iter()
                    .all(|policy| policy.characters <= MOST && count(policy) > 0)
            );
        }
    }
}
