//! Names and members as text, such as `navigator.serviceWorker.register`.

use oxc_ast::ast::{Expression, MemberExpression};

/// Maximum number of members, calls and wrappers that are followed; longer paths begin with `…`.
const LONGEST: usize = 12;

/// The path of an expression. Calls are written as `()`, `require("x")` and `import("x")` as `require(x)`, and anything
/// without a name as `?`.
pub(super) fn path(expression: &Expression<'_>) -> Option<String> {
    let is_path = matches!(
        expression.get_inner_expression(),
        Expression::Identifier(_)
            | Expression::StaticMemberExpression(_)
            | Expression::ComputedMemberExpression(_)
            | Expression::ChainExpression(_)
            | Expression::ImportMeta(_)
            | Expression::ThisExpression(_)
    );
    is_path.then(|| render(expression))
}

/// The path of any expression, as an object or a callee.
pub(super) fn render(expression: &Expression<'_>) -> String {
    let mut path = String::new();
    write(&mut path, expression, LONGEST);
    path
}

/// The path of a member.
pub(super) fn member(expression: &MemberExpression<'_>) -> String {
    let mut path = String::new();
    write_member(&mut path, expression, LONGEST);
    path
}

fn write(path: &mut String, expression: &Expression<'_>, left: usize) {
    let Some(left) = left.checked_sub(1) else { return path.push('…') };
    match expression.get_inner_expression() {
        Expression::Identifier(name) => path.push_str(&name.name),
        Expression::ThisExpression(_) => path.push_str("this"),
        Expression::ImportMeta(_) => path.push_str("import.meta"),
        Expression::AwaitExpression(awaited) => write(path, &awaited.argument, left),
        Expression::CallExpression(call) => write_call(path, call, left),
        Expression::NewExpression(new) => {
            write(path, &new.callee, left);
            path.push_str("()");
        }
        Expression::ImportExpression(import) => write_module(path, Some(&import.source)),
        Expression::ChainExpression(chain) => match chain.expression.as_member_expression() {
            Some(member) => write_member(path, member, left),
            None => match &chain.expression {
                oxc_ast::ast::ChainElement::CallExpression(call) => write_call(path, call, left),
                _ => path.push('?'),
            },
        },
        inner => match inner.as_member_expression() {
            Some(member) => write_member(path, member, left),
            None => path.push('?'),
        },
    }
}

fn write_call(path: &mut String, call: &oxc_ast::ast::CallExpression<'_>, left: usize) {
    if matches!(&call.callee, Expression::Identifier(name) if name.name == "require") {
        write_module(path, call.arguments.first().and_then(|argument| argument.as_expression()));
    } else {
        write(path, &call.callee, left);
        path.push_str("()");
    }
}

fn write_module(path: &mut String, module: Option<&Expression<'_>>) {
    path.push_str("require(");
    match module {
        Some(Expression::StringLiteral(module)) => path.push_str(&module.value),
        _ => path.push('?'),
    }
    path.push(')');
}

fn write_member(path: &mut String, member: &MemberExpression<'_>, left: usize) {
    write(path, member.object(), left);
    path.push('.');
    match member.static_property_name() {
        Some(name) => path.push_str(name),
        None => path.push_str("[]"),
    }
}

/// A path without a leading global object.
pub(super) fn bare(path: &str) -> &str {
    let globals = ["window.", "self.", "globalThis."];
    globals.iter().find_map(|global| path.strip_prefix(global)).unwrap_or(path)
}
