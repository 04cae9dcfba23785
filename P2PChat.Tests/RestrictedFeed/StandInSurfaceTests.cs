using System.Reflection;
using System.Runtime.Loader;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.RestrictedFeed;

/// <summary>
/// What is written against a stand-in compiles against the official packages too: every public type of a stand-in, each of its
/// members and each interface it implements is there, with the same signature.
/// </summary>
[Trait("Requires", "FullFeed")]
public sealed class StandInSurfaceTests
{
    private const BindingFlags Visible =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    [FullFeedFact]
    public void Every_public_member_of_a_stand_in_is_the_official_one()
    {
        var standIns = typeof(StandInSurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(each => each.Key == "StandIn").SelectMany(each => each.Value!.Split(';')).ToList();
        Assert.NotEmpty(standIns);

        var missing = standIns.SelectMany(Missing).ToList();

        Assert.True(missing.Count == 0, $"The official packages lack:\n{string.Join('\n', missing)}");
    }

    private static List<string> Missing(string path)
    {
        // Its types have the official names, so it gets a context of its own.
        var context = new AssemblyLoadContext(path, isCollectible: true);
        try
        {
            var official = OfficialTypes();
            var types = context.LoadFromAssemblyPath(path).GetExportedTypes();
            Assert.NotEmpty(types);
            return
            [
                .. types.SelectMany(type => official.TryGetValue(type.FullName!, out var counterparts)
                    ? Surface(type, BindingFlags.DeclaredOnly).Except(counterparts.SelectMany(each => Surface(each, BindingFlags.Default)))
                    : [$"type {type.FullName}"]),
            ];
        }
        finally
        {
            context.Unload();
        }
    }

    /// <summary>By full name, in whatever package has it (some names are in several assemblies).</summary>
    private static Dictionary<string, List<Type>> OfficialTypes() =>
        Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Where(path => !Path.GetFileName(path).StartsWith("P2PChat.", StringComparison.Ordinal))
            .SelectMany(ExportedTypes)
            .GroupBy(type => type.FullName!)
            .ToDictionary(group => group.Key, group => group.ToList());

    private static Type[] ExportedTypes(string path)
    {
        try
        {
            return Assembly.Load(AssemblyName.GetAssemblyName(path)).GetExportedTypes();
        }
        catch (Exception notManaged) when (notManaged is BadImageFormatException or FileNotFoundException or FileLoadException or TypeLoadException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Surface(Type type, BindingFlags depth)
    {
        var inherited = type.IsInterface && depth == BindingFlags.Default ? type.GetInterfaces() : [];
        return new[] { type }.Concat(inherited)
            .SelectMany(each => each.GetMembers(Visible | depth))
            .Select(Signature)
            .OfType<string>()
            .Concat(type.GetInterfaces().Where(each => each.IsVisible).Select(each => $"implements {each}"))
            .Select(signature => $"{type.FullName}: {signature}")
            .Distinct();
    }

    private static string? Signature(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsVisible(constructor) => $".ctor({Parameters(constructor)})",
        MethodInfo method when IsVisible(method) =>
            $"{(method.IsStatic ? "static " : "")}{method.ReturnType} {method.Name}`{method.GetGenericArguments().Length}({Parameters(method)}){Constraints(method)}",
        FieldInfo { IsLiteral: true, IsPublic: true } constant => $"const {constant.FieldType} {constant.Name} = {constant.GetRawConstantValue()}",
        FieldInfo { IsPublic: true } field => $"{(field.IsStatic ? "static " : "")}{field.FieldType} {field.Name}",
        _ => null, // A property is its accessors; a nested type is exported by itself.
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{parameter.ParameterType} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "")}"));

    private static string Constraints(MethodInfo method) => string.Concat(method.GetGenericArguments()
        .Where(argument => argument.IsGenericMethodParameter)
        .Select(argument => $" where {argument}: {argument.GenericParameterAttributes} {string.Join(", ", argument.GetGenericParameterConstraints().Select(each => each.ToString()).Order())}"));
}
