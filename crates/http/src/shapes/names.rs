//! Schemas of the core's named enums, made from their own lists of variants, so that there is no copy to keep in step.

use keyturn_core::lifetime::SessionState;
use keyturn_core::model::{AccountState, AuditActor, AuditKind, Delivery, EndReason, ReuseKind};
use keyturn_core::token_state::{TokenState, TokenType};
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::{Schema, SchemaType, Type};

use crate::error::ProblemCode;

macro_rules! schemas {
    ($($function:ident = $name:ty),+ $(,)?) => {
        $(pub(super) fn $function() -> Schema {
            one_of(<$name>::ALL.iter().map(|variant| variant.as_str()), SchemaType::new(Type::String))
        })+
    };
    (nullable $($function:ident = $name:ty),+ $(,)?) => {
        $(pub(super) fn $function() -> Schema {
            let type_ = SchemaType::from_iter([Type::String, Type::Null]);
            one_of(<$name>::ALL.iter().map(|variant| variant.as_str()), type_)
        })+
    };
}

schemas! {
    delivery = Delivery,
    session_state = SessionState,
    token_state = TokenState,
    token_type = TokenType,
    problem_code = ProblemCode,
    reason = EndReason,
    account_state = AccountState,
    audit_kind = AuditKind,
    audit_actor = AuditActor,
}

schemas! { nullable
    nullable_delivery = Delivery,
    nullable_reason = EndReason,
    nullable_reuse_kind = ReuseKind,
    nullable_account_state = AccountState,
}

fn one_of(names: impl Iterator<Item = &'static str>, type_: SchemaType) -> Schema {
    let nullable = matches!(type_, SchemaType::Array(_));
    let null = nullable.then_some(serde_json::Value::Null);
    let values = names.map(serde_json::Value::from).chain(null);
    ObjectBuilder::new()
        .schema_type(type_)
        .enum_values(Some(values))
        .build()
        .into()
}
