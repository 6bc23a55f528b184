export function Replay(_: { id: string }) { return <p />; }
