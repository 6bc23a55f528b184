export function Book(_: { id: string }) { return <p />; }
