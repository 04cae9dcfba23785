using Mono.Cecil;
using Mono.Cecil.Cil;

namespace P2PChat.Tests.Architecture;

/// <summary>
/// Lists the types of an assembly that each of its types uses: in signatures, attributes and method bodies.
/// </summary>
internal static class TypeReferences
{
    /// <returns>Pairs of outermost types: the user and the used.</returns>
    public static IEnumerable<(TypeDefinition From, TypeDefinition To)> Within(ModuleDefinition module) =>
        from type in module.GetTypes()
        from reference in Of(type)
        let used = Resolve(reference, module)
        where used is not null
        let pair = (From: Outermost(type), To: Outermost(used))
        where pair.From != pair.To
        select pair;

    private static IEnumerable<TypeReference?> Of(TypeDefinition type)
    {
        List<TypeReference?> found = [type.BaseType];
        found.AddRange(type.Interfaces.Select(implemented => implemented.InterfaceType));
        found.AddRange(type.Fields.Select(field => field.FieldType));
        found.AddRange(Attributes(type));
        foreach (var method in type.Methods)
        {
            found.Add(method.ReturnType);
            found.AddRange(method.Parameters.Select(parameter => parameter.ParameterType));
            found.AddRange(Attributes(method));
            if (method.HasBody)
            {
                found.AddRange(method.Body.Variables.Select(variable => variable.VariableType));
                found.AddRange(method.Body.Instructions.SelectMany(Of));
            }
        }

        return found.SelectMany(Parts);
    }

    private static IEnumerable<TypeReference?> Of(Instruction instruction) =>
        instruction.Operand switch
        {
            TypeReference type => [type],
            GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments],
            MemberReference member => [member.DeclaringType],
            _ => [],
        };

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.Select(attribute => attribute.AttributeType);

    // The arguments of a generic type, and the element of an array, a pointer or a reference.
    private static IEnumerable<TypeReference?> Parts(TypeReference? type) =>
        type switch
        {
            GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Parts)],
            TypeSpecification specification => Parts(specification.ElementType),
            _ => [type],
        };

    private static TypeDefinition? Resolve(TypeReference? type, ModuleDefinition module) =>
        type is TypeDefinition definition && definition.Module == module ? definition : null;

    private static TypeDefinition Outermost(TypeDefinition type) =>
        type.DeclaringType is { } declaring ? Outermost(declaring) : type;
}
