"""GraphQL documents compiled to Python: a plan answers what graphql-core's interpreter would.

An interpreter decides for each leaf of each answer what kind of thing it is. A document that is
sent a million times does not change, so `plans.Plan` decides once, and writes a plain function for
each root field that reads attributes, checks classes and fills dicts. This package knows nothing
of the mall: it needs graphql-core and strawberry, and any schema of theirs.

What a plan does with a request:

1. `values.Variables` coerces the variables; graphql-core's own coercion, prepared.
2. The variables that ``@skip`` and ``@include`` name choose a *variant* of the plan. A variant has
   no conditions left: it is compiled when its values first come, by graphql-core's own collection
   of fields, so merging, fragments and the order of keys are the same by construction.
3. Each root field runs through its real resolver, with real arguments and a real
   `GraphQLResolveInfo`: permissions, extensions and refusals are where they were. Root fields of a
   query run together, those of a mutation one after the other.
4. The generated function (`walking.Walk`) completes what the resolver answered with.

The rule that keeps it small: a plan makes no errors. Whenever anything is not as expected (null
where there may be none, a wrong type, an exception, variables that do not fit), graphql-core
executes the operation, and is handed the outcomes of the root fields that have run (`replay`). So
errors and null propagation are graphql-core's own, and no root field runs twice.

What is not compiled is known beforehand, as `Uncovered` says: subscriptions, introspection, and
nested fields that are more than the attribute of their source. graphql-core executes those.

What is asked of a schema: reading an attribute of a source does nothing else; a type's
``is_type_of`` judges by the class of a value, and ``resolve_type`` by the value, neither by the
place where it stands (they get the info of the root field above).
"""
