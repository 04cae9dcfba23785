using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Architecture;

/// <summary>Keeps each class small enough to fit its name.</summary>
public sealed class SourceShapeTests
{
    private const int MaxCodeLines = 250;
    private const int MaxMutableFields = 8;

    private static readonly string[] Generators =
    [
        "LoggerMessage",
        "GeneratedRegex",
        "JsonSerializable",
        "JsonSourceGenerationOptions",
    ];

    public static TheoryData<string> Projects => [.. Layers.Projects.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Class_has_at_most_250_code_lines(string project) =>
        Assert.Empty(
            from type in Types(project)
            let lines = CodeLines(type)
            where lines > MaxCodeLines
            orderby lines descending
            select $"{type.Identifier.Text}: {lines} code lines"
        );

    [Theory]
    [MemberData(nameof(Projects))]
    public void Class_has_at_most_8_mutable_fields(string project) =>
        Assert.Empty(
            from type in Types(project)
            let fields = MutableFields(type)
            where fields > MaxMutableFields
            orderby fields descending
            select $"{type.Identifier.Text}: {fields} mutable fields"
        );

    [Theory]
    [MemberData(nameof(Projects))]
    public void Partial_class_is_completed_by_a_generator(string project) =>
        Assert.Empty(
            from type in Types(project)
            where type.Modifiers.Any(SyntaxKind.PartialKeyword)
            where
                !type.DescendantNodes()
                    .OfType<AttributeSyntax>()
                    .Any(attribute => Generators.Contains(attribute.Name.ToString()))
            where
                !type.DescendantNodes()
                    .OfType<TypeDeclarationSyntax>()
                    .Any(nested => nested.Modifiers.Any(SyntaxKind.PartialKeyword))
            where !type.SyntaxTree.FilePath.EndsWith(".razor.cs", StringComparison.Ordinal)
            select $"{type.Identifier.Text} in {Path.GetFileName(type.SyntaxTree.FilePath)}"
        );

    private static IEnumerable<TypeDeclarationSyntax> Types(string project)
    {
        var folder = Path.GetDirectoryName(RepositoryFile.PathOf($"{project}/{project}.csproj"))!;
        return Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).StartsWith("obj", StringComparison.Ordinal))
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file))
            .SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>());
    }

    // Lines that hold a token: comments and blank lines do not count.
    private static int CodeLines(TypeDeclarationSyntax type) =>
        type.DescendantTokens()
            .SelectMany(token =>
            {
                var span = token.GetLocation().GetLineSpan();
                return Enumerable.Range(
                    span.StartLinePosition.Line,
                    span.EndLinePosition.Line - span.StartLinePosition.Line + 1
                );
            })
            .Distinct()
            .Count();

    private static int MutableFields(TypeDeclarationSyntax type) =>
        type.Members.OfType<FieldDeclarationSyntax>()
            .Where(field =>
                !field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword) && !field.Modifiers.Any(SyntaxKind.ConstKeyword)
            )
            .Sum(field => field.Declaration.Variables.Count)
        + type.Members.OfType<PropertyDeclarationSyntax>().Count(HasPrivateState);

    // A private setter; a public one belongs to options and other data.
    private static bool HasPrivateState(PropertyDeclarationSyntax property) =>
        property.AccessorList?.Accessors.Any(accessor =>
            accessor.IsKind(SyntaxKind.SetAccessorDeclaration)
            && accessor.Modifiers.Any(SyntaxKind.PrivateKeyword)
            && accessor.Body is null
            && accessor.ExpressionBody is null
        )
        ?? false;
}
