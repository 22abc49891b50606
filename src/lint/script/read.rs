//! Parses a script, and collects all facts that rules need in one pass over its syntax tree.

use std::collections::HashMap;
use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionBody, ArrowFunctionExpression, AssignmentExpression,
    AssignmentTarget, BinaryExpression, BindingPattern, BindingProperty, CallExpression, ConditionalExpression,
    Directive, Expression, FormalParameters, Function as FunctionNode, IdentifierReference, IfStatement,
    ImportDeclaration, ImportDeclarationSpecifier, LogicalExpression, MethodDefinition, NewExpression,
    ObjectExpression, ObjectProperty, ObjectPropertyKind, PropertyKind, ReturnStatement, Statement,
    StaticMemberExpression, StringLiteral, SwitchStatement, VariableDeclarator, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::{GetSpan, SourceType, Span};
use oxc_syntax::operator::BinaryOperator;
use oxc_syntax::scope::ScopeFlags;

use super::facts::{Assignment, Call, Comparison, Condition, Function, Given, Import, Mention, Script};
use super::path::{bare, member, path, render};
use super::place::Places;
use super::value::{Called, Entry, Kind, Value};

/// Maximum depth to which values are read.
const DEEPEST: usize = 16;
/// Stack size per byte of a script: a chain of operators is a tree as deep as it is long.
const STACK_PER_BYTE: usize = 2048;
/// Minimum stack size.
const STACK: usize = 16 << 20;

/// The stack size needed to parse scripts of at most this many bytes.
#[must_use]
pub fn stack(bytes: usize) -> usize {
    STACK + bytes.saturating_mul(STACK_PER_BYTE)
}

/// Why and where a file cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The message of the parser.
    pub reason: String,
}

/// Parses a script. Needs a stack of [`stack`] bytes.
///
/// # Errors
/// When it is not valid JavaScript or TypeScript.
pub fn read(path: &Path, text: &str) -> Result<Script, Unreadable> {
    let allocator = Allocator::default();
    let mut parsed = parse(&allocator, text, source_type(path));
    if failed(&parsed) && path.extension().is_some_and(|extension| extension == "js") {
        let typed = parse(&allocator, text, SourceType::tsx());
        if !failed(&typed) {
            parsed = typed;
        }
    }
    let places = Places::of(text);
    if failed(&parsed) {
        return Err(unreadable(&parsed, &places));
    }
    let mut found = Functions::default();
    found.list.push(Function { span: range(parsed.program.span), ..Function::default() });
    found.visit_program(&parsed.program);
    let script = Script { path: path.to_owned(), places, functions: found.list, ..Script::default() };
    let mut reader = Reader { script, index: found.index, within: 0, guards: Vec::new() };
    reader.visit_program(&parsed.program);
    Ok(reader.script)
}

/// Parses a JSON document into a value.
///
/// # Errors
/// When it is not valid JSON.
pub fn json(text: &str) -> Result<Value, Unreadable> {
    let allocator = Allocator::default();
    // In parentheses, an object is an expression. All offsets are then corrected by one byte.
    let source = format!("({text}\n)");
    let parsed = parse(&allocator, &source, SourceType::cjs());
    let places = Places::of(&source);
    let reader = Reader { script: Script::default(), index: HashMap::new(), within: 0, guards: Vec::new() };
    match parsed.program.body.first() {
        Some(Statement::ExpressionStatement(statement)) if !failed(&parsed) => {
            let mut value = reader.value(&statement.expression, DEEPEST);
            shift(&mut value);
            Ok(value)
        }
        _ => Err(unreadable(&parsed, &places)),
    }
}

fn shift(value: &mut Value) {
    value.at = value.at.saturating_sub(1);
    match &mut value.kind {
        Kind::Object(entries) => entries.iter_mut().for_each(|entry| {
            entry.at = entry.at.saturating_sub(1);
            shift(&mut entry.value);
        }),
        Kind::List(items) => items.iter_mut().for_each(shift),
        _ => {}
    }
}

fn parse<'a>(allocator: &'a Allocator, text: &'a str, kind: SourceType) -> ParserReturn<'a> {
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    Parser::new(allocator, text, kind).with_options(options).parse()
}

fn source_type(path: &Path) -> SourceType {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ts" | "mts" | "cts") => SourceType::ts(),
        Some("tsx") => SourceType::tsx(),
        Some("mjs") => SourceType::mjs().with_jsx(true),
        Some("cjs") => SourceType::cjs().with_jsx(true),
        _ => SourceType::unambiguous().with_jsx(true),
    }
}

fn failed(parsed: &ParserReturn<'_>) -> bool {
    parsed.panicked || parsed.diagnostics.has_errors()
}

fn unreadable(parsed: &ParserReturn<'_>, places: &Places) -> Unreadable {
    let Some(first) = parsed.diagnostics.first() else {
        return Unreadable { line: 1, column: 1, reason: "cannot be parsed".to_owned() };
    };
    let at = first.labels.iter().next().map_or(0, |label| label.offset() as usize);
    let (line, column) = places.line_column(at);
    Unreadable { line, column, reason: first.message.to_string() }
}

fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}

/// Lists the functions first, so that calls can refer to functions that are defined later.
#[derive(Default)]
struct Functions {
    list: Vec<Function>,
    index: HashMap<u32, usize>,
    around: Vec<usize>,
}

impl Functions {
    fn enter(&mut self, span: Span, name: Option<String>, params: &FormalParameters<'_>) {
        let mut names = Vec::new();
        for item in &params.items {
            bound(&item.pattern, &mut names);
        }
        let parent = Some(self.around.last().copied().unwrap_or(0));
        self.index.insert(span.start, self.list.len());
        self.around.push(self.list.len());
        self.list.push(Function { parent, name, params: names, span: range(span), ..Function::default() });
    }
}

fn bound(pattern: &BindingPattern<'_>, names: &mut Vec<String>) {
    match pattern {
        BindingPattern::BindingIdentifier(name) => names.push(name.name.to_string()),
        BindingPattern::ObjectPattern(object) => {
            object.properties.iter().for_each(|property| bound(&property.value, names));
        }
        BindingPattern::ArrayPattern(array) => array.elements.iter().flatten().for_each(|one| bound(one, names)),
        BindingPattern::AssignmentPattern(with_default) => bound(&with_default.left, names),
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_function(&mut self, it: &FunctionNode<'a>, flags: ScopeFlags) {
        self.enter(it.span, it.id.as_ref().map(|id| id.name.to_string()), &it.params);
        walk::walk_function(self, it, flags);
        self.around.pop();
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.enter(it.span, None, &it.params);
        walk::walk_arrow_function_expression(self, it);
        self.around.pop();
    }
}

/// Visits the tree and fills the lists.
struct Reader {
    script: Script,
    /// The functions by their start.
    index: HashMap<u32, usize>,
    within: usize,
    guards: Vec<usize>,
}

impl Reader {
    fn value(&self, expression: &Expression<'_>, left: usize) -> Value {
        let expression = expression.get_inner_expression();
        let at = expression.span().start as usize;
        let Some(left) = left.checked_sub(1) else { return Value::other(at) };
        let kind = match expression {
            Expression::StringLiteral(text) => Kind::Text(text.value.to_string()),
            Expression::TemplateLiteral(text) if text.expressions.is_empty() => {
                let parts = text.quasis.iter().map(|part| part.value.cooked.as_deref().unwrap_or_default());
                Kind::Text(parts.collect())
            }
            Expression::NumericLiteral(number) => Kind::Number(number.value),
            Expression::BooleanLiteral(truth) => Kind::Truth(truth.value),
            Expression::RegExpLiteral(regex) => {
                Kind::Regex { pattern: regex.regex.pattern.text.to_string(), flags: regex.regex.flags.to_string() }
            }
            Expression::UnaryExpression(not) if not.operator.as_str() == "!" => match &not.argument {
                // Minifiers write `true` and `false` this way.
                Expression::NumericLiteral(number) => Kind::Truth(number.value == 0.0),
                _ => Kind::Other,
            },
            Expression::ObjectExpression(object) => Kind::Object(self.entries(object, left)),
            Expression::ArrayExpression(array) => Kind::List(self.items(&array.elements, left)),
            Expression::AwaitExpression(awaited) => return self.value(&awaited.argument, left),
            Expression::CallExpression(call) if render(expression).ends_with("()") => Kind::Call(Box::new(Called {
                callee: bare(&render(&call.callee)).to_owned(),
                args: self.args(&call.arguments, left),
            })),
            Expression::CallExpression(_) | Expression::ImportExpression(_) => Kind::Path(render(expression)),
            Expression::NewExpression(new) => Kind::Call(Box::new(Called {
                callee: bare(&render(&new.callee)).to_owned(),
                args: self.args(&new.arguments, left),
            })),
            Expression::ArrowFunctionExpression(function) => self.function(function.span),
            Expression::FunctionExpression(function) => self.function(function.span),
            Expression::ChainExpression(chain) => match &chain.expression {
                oxc_ast::ast::ChainElement::CallExpression(call) => Kind::Call(Box::new(Called {
                    callee: bare(&render(&call.callee)).to_owned(),
                    args: self.args(&call.arguments, left),
                })),
                _ => self.path(expression),
            },
            _ => self.path(expression),
        };
        Value { at, kind }
    }

    fn path(&self, expression: &Expression<'_>) -> Kind {
        path(expression).map_or(Kind::Other, |path| Kind::Path(bare(&path).to_owned()))
    }

    fn function(&self, span: Span) -> Kind {
        self.index.get(&span.start).map_or(Kind::Other, |index| Kind::Function(*index))
    }

    fn entries(&self, object: &ObjectExpression<'_>, left: usize) -> Vec<Entry> {
        let entry = |property: &ObjectPropertyKind<'_>| match property {
            ObjectPropertyKind::ObjectProperty(property) => {
                let at = property.key.span().start as usize;
                let value = if property.kind == PropertyKind::Init {
                    self.value(&property.value, left)
                } else {
                    Value::other(at)
                };
                // A computed name can be anything.
                let key = property.key.static_name().map_or_else(|| "...".to_owned(), |name| name.to_string());
                Entry { key, at, value }
            }
            ObjectPropertyKind::SpreadProperty(spread) => {
                let value = self.value(&spread.argument, left);
                Entry { key: "...".to_owned(), at: spread.span.start as usize, value }
            }
        };
        object.properties.iter().map(entry).collect()
    }

    fn items(&self, elements: &[ArrayExpressionElement<'_>], left: usize) -> Vec<Value> {
        let item = |element: &ArrayExpressionElement<'_>| match element.as_expression() {
            Some(expression) => self.value(expression, left),
            None => Value::other(element.span().start as usize),
        };
        elements.iter().map(item).collect()
    }

    fn args(&self, arguments: &[Argument<'_>], left: usize) -> Vec<Value> {
        arguments.iter().map_while(|argument| Some(self.value(argument.as_expression()?, left))).collect()
    }

    fn call(&mut self, callee: &Expression<'_>, arguments: &[Argument<'_>], span: Span) {
        let callee = bare(&render(callee)).to_owned();
        let args = self.args(arguments, DEEPEST);
        for arg in &args {
            if let Kind::Function(function) = arg.kind {
                self.script.functions[function].given_to = Some(Given { callee: callee.clone() });
            }
        }
        let (at, within, guards) = (span.start as usize, self.within, self.guards.clone());
        self.script.calls.push(Call { callee, args, at, within, guards });
    }

    fn mention(&mut self, path: &str, at: u32) {
        let (path, at, within) = (bare(path).to_owned(), at as usize, self.within);
        self.script.mentions.push(Mention { path, at, within });
    }

    /// A name for an anonymous function.
    fn name(&mut self, value: &Value, name: &str) {
        let function = match &value.kind {
            Kind::Function(function) => Some(*function),
            // For example `const f = useCallback(() => …)`.
            Kind::Call(called) => called.args.first().and_then(|arg| match arg.kind {
                Kind::Function(function) if called.callee.ends_with("useCallback") => Some(function),
                _ => None,
            }),
            _ => None,
        };
        if let Some(function) = function {
            self.script.functions[function].name.get_or_insert_with(|| name.to_owned());
        }
    }

    fn declare(&mut self, name: &str, value: Option<Value>) {
        self.script.declared.entry(name.to_owned()).or_default().push((self.within, value));
    }

    fn import(&mut self, module: &str, name: &str, local: &str) {
        let (module, name, local) = (module.to_owned(), name.to_owned(), local.to_owned());
        self.script.imports.push(Import { module, name, local });
    }

    fn inside(&mut self, span: Span, walk: impl FnOnce(&mut Self)) {
        let function = self.index.get(&span.start).copied().unwrap_or(0);
        let (within, guards) = (std::mem::replace(&mut self.within, function), std::mem::take(&mut self.guards));
        walk(self);
        (self.within, self.guards) = (within, guards);
    }

    fn condition(&mut self, test: Span) -> usize {
        self.script.conditions.push(Condition { span: range(test), within: self.within });
        self.script.conditions.len() - 1
    }

    fn guarded(&mut self, test: Span, walk: impl FnOnce(&mut Self)) {
        let condition = self.condition(test);
        self.guards.push(condition);
        walk(self);
        self.guards.pop();
    }
}

/// Whether code after this statement is unreachable.
fn leaves(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ReturnStatement(_) | Statement::ThrowStatement(_) | Statement::ContinueStatement(_) => true,
        Statement::BlockStatement(block) => block.body.last().is_some_and(leaves),
        _ => false,
    }
}

fn is_described(object: &ObjectExpression<'_>) -> bool {
    let has = |key: &str| {
        object.properties.iter().any(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => property.key.static_name().as_deref() == Some(key),
            ObjectPropertyKind::SpreadProperty(_) => false,
        })
    };
    has("handler") && (has("urlPattern") || has("matcher")) || has("source") && has("headers")
}

impl<'a> Visit<'a> for Reader {
    fn visit_directive(&mut self, it: &Directive<'a>) {
        self.script.use_client |= it.directive == "use client" && self.within == 0;
    }

    fn visit_statements(&mut self, it: &oxc_allocator::Vec<'a, Statement<'a>>) {
        let before = self.guards.len();
        for statement in it {
            self.visit_statement(statement);
            if let Statement::IfStatement(test) = statement
                && test.alternate.is_none()
                && leaves(&test.consequent)
            {
                let condition = self.condition(test.test.span());
                self.guards.push(condition);
            }
        }
        self.guards.truncate(before);
    }

    fn visit_function(&mut self, it: &FunctionNode<'a>, flags: ScopeFlags) {
        self.inside(it.span, |reader| walk::walk_function(reader, it, flags));
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        if let ArrowFunctionBody::FunctionBody(_) = &it.body {
        } else if let Some(body) = it.body.as_expression() {
            let value = self.value(body, DEEPEST);
            if let Some(index) = self.index.get(&it.span.start) {
                self.script.functions[*index].returns.push(value);
            }
        }
        self.inside(it.span, |reader| walk::walk_arrow_function_expression(reader, it));
    }

    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        if let Some(argument) = &it.argument {
            let value = self.value(argument, DEEPEST);
            self.script.functions[self.within].returns.push(value);
        }
        walk::walk_return_statement(self, it);
    }

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.visit_expression(&it.test);
        self.guarded(it.test.span(), |reader| {
            reader.visit_statement(&it.consequent);
            if let Some(alternate) = &it.alternate {
                reader.visit_statement(alternate);
            }
        });
    }

    fn visit_while_statement(&mut self, it: &WhileStatement<'a>) {
        self.visit_expression(&it.test);
        self.guarded(it.test.span(), |reader| reader.visit_statement(&it.body));
    }

    fn visit_switch_statement(&mut self, it: &SwitchStatement<'a>) {
        self.visit_expression(&it.discriminant);
        let upto = it.cases.last().map_or(it.discriminant.span().end, |case| case.span.end);
        // The case expressions belong to the condition.
        self.guarded(Span::new(it.discriminant.span().start, upto), |reader| {
            for case in &it.cases {
                reader.visit_switch_case(case);
            }
        });
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.visit_expression(&it.test);
        self.guarded(it.test.span(), |reader| {
            reader.visit_expression(&it.consequent);
            reader.visit_expression(&it.alternate);
        });
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        self.visit_expression(&it.left);
        self.guarded(it.left.span(), |reader| reader.visit_expression(&it.right));
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.call(&it.callee, &it.arguments, it.span);
        walk::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        self.call(&it.callee, &it.arguments, it.span);
        walk::walk_new_expression(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        let path = format!("{}.{}", render(&it.object), it.property.name);
        self.mention(&path, it.span.start);
        walk::walk_static_member_expression(self, it);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.mention(&it.name, it.span.start);
    }

    fn visit_binding_property(&mut self, it: &BindingProperty<'a>) {
        // `const { ok } = response` reads `ok`.
        if let Some(name) = it.key.static_name() {
            self.mention(&format!("?.{name}"), it.span.start);
        }
        walk::walk_binding_property(self, it);
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        let equality = [
            BinaryOperator::Equality,
            BinaryOperator::Inequality,
            BinaryOperator::StrictEquality,
            BinaryOperator::StrictInequality,
        ];
        if equality.contains(&it.operator) {
            let (left, right) = (self.value(&it.left, DEEPEST), self.value(&it.right, DEEPEST));
            let (at, within) = (it.span.start as usize, self.within);
            self.script.comparisons.push(Comparison { left, right, at, within });
        }
        walk::walk_binary_expression(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        let target = match &it.left {
            AssignmentTarget::AssignmentTargetIdentifier(name) => Some(name.name.to_string()),
            other => other.as_member_expression().map(member),
        };
        if let Some(target) = target {
            let (target, value) = (bare(&target).to_owned(), self.value(&it.right, DEEPEST));
            self.name(&value, target.rsplit('.').next().unwrap_or_default());
            let within = self.within;
            self.script.assignments.push(Assignment { target, value, within });
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let value = it.init.as_ref().map(|init| self.value(init, DEEPEST));
        match &it.id {
            BindingPattern::BindingIdentifier(name) => {
                if let Some(value) = &value {
                    self.name(value, &name.name);
                }
                self.declare(&name.name, value);
            }
            pattern => {
                let module = value.as_ref().and_then(Value::path);
                let module =
                    module.and_then(|path| path.strip_prefix("require(")?.strip_suffix(')')).map(str::to_owned);
                if let (Some(module), BindingPattern::ObjectPattern(object)) = (module, pattern) {
                    for property in &object.properties {
                        if let (Some(name), BindingPattern::BindingIdentifier(local)) =
                            (property.key.static_name(), &property.value)
                        {
                            self.import(&module, &name, &local.name);
                        }
                    }
                } else {
                    let mut names = Vec::new();
                    bound(pattern, &mut names);
                    names.iter().for_each(|name| self.declare(name, None));
                }
            }
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        if let Some(name) = it.key.static_name() {
            let value = self.value(&it.value, DEEPEST);
            self.name(&value, &name);
            self.script.keys.push((name.to_string(), it.key.span().start as usize));
        }
        walk::walk_object_property(self, it);
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        if let (Some(name), Some(index)) = (it.key.static_name(), self.index.get(&it.value.span.start)) {
            self.script.functions[*index].name.get_or_insert_with(|| name.to_string());
        }
        walk::walk_method_definition(self, it);
    }

    fn visit_object_expression(&mut self, it: &ObjectExpression<'a>) {
        if is_described(it) {
            let object = Value { at: it.span.start as usize, kind: Kind::Object(self.entries(it, DEEPEST)) };
            self.script.objects.push(object);
        }
        walk::walk_object_expression(self, it);
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.script.texts.push((it.value.to_string(), it.span.start as usize));
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        let module = it.source.value.as_str();
        for specifier in it.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    let name = one.imported.name();
                    self.import(module, &name, &one.local.name);
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    self.import(module, "default", &one.local.name);
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => self.import(module, "*", &one.local.name),
            }
        }
        if it.specifiers.is_none() {
            self.import(module, "*", "");
        }
    }
}
